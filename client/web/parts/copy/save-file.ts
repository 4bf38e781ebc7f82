/** Has the browser keep a file. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser has yet to begin reading it.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
