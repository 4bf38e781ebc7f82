import { useSearchParams } from 'wouter';

/** What is searched for: it stands in the address. */
export function useSearchText(): readonly [string, (text: string) => void] {
  const [params, setParams] = useSearchParams();
  const search = (text: string): void => {
    setParams(text === '' ? {} : { search: text }, { replace: true });
  };
  return [params.get('search') ?? '', search];
}
