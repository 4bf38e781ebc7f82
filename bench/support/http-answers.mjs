// As much of HTTP as a load generator needs: it has to cost little beside what it measures.
const LENGTH = /content-length: (\d+)/i;

/**
 * Cuts what comes on a connection into whole answers that have a Content-Length.
 *
 * @param onAnswer - told the status and the body of each
 */
export function answerReader(onAnswer) {
  let text = '';
  return (chunk) => {
    text += chunk;
    for (;;) {
      const head = text.indexOf('\r\n\r\n');
      if (head === -1) return;
      const end = head + 4 + Number(LENGTH.exec(text.slice(0, head))?.[1]);
      if (!(text.length >= end)) return;
      const answer = text.slice(0, end);
      text = text.slice(end);
      onAnswer(Number(answer.slice(9, 12)), answer.slice(head + 4));
    }
  };
}

/**
 * Cuts what comes on a connection into the JSON lines of a chunked answer. One that has no 200 is told as it is.
 *
 * @param onLine - told each line, parsed
 * @param onRefusal - told the first line of another answer
 */
export function lineReader(onLine, onRefusal) {
  let text = '';
  return (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) {
      // A line stands in one chunk, whose length stands in a line of its own.
      if (line.startsWith('{')) onLine(JSON.parse(line));
      else if (line.startsWith('HTTP/') && !line.startsWith('HTTP/1.1 200')) onRefusal(line);
    }
  };
}
