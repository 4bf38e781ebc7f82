import { useEffect, useState } from 'react';

/** The code in the address's fragment, `#invite=CODE`, which no server is told. It is taken out of the address. */
export function useInvite(): string {
  const [invite] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('invite') ?? '');
  useEffect(() => {
    if (invite === '') return;
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', pathname + search);
  }, [invite]);
  return invite;
}
