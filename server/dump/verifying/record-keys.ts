const SPACE = /[ \t]/;

/** Whether a JSON object has a key of its own twice. @param json - that can be parsed */
export function hasKeyTwice(json: string): boolean {
  const keys = new Set<string>();
  let depth = 0;
  for (let position = 0; position < json.length; position += 1) {
    const character = json[position];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (character !== '"') continue;
    const end = endOfString(json, position);
    if (depth === 1 && isKey(json, end)) {
      const key = String(JSON.parse(json.slice(position, end)));
      if (keys.has(key)) return true;
      keys.add(key);
    }
    position = end - 1;
  }
  return false;
}

function isKey(json: string, end: number): boolean {
  let position = end;
  while (SPACE.test(json[position] ?? '')) position += 1;
  return json[position] === ':';
}

// Behind the first quote that no escape has: one with an even number of backslashes before it.
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return json.length;
}
