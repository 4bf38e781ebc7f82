/** The original's menu, word for word in its order: scripts count on the numbers. */
export const MENU = `
  1  Identify
  2  Authenticate
  3  Send messages
  4  Switch user
  5  Help
  6  Switch server
  7  Exit`;

/** What the menu's Help says. */
export const MENU_HELP = `
  Identify makes your name known to the server. Authenticate proves that it is you: the first password that you
  ever give becomes yours. Then send messages, one a line, until the line "exit".

  An empty line, or the line "logout", ends your session at the server. A token that has expired is renewed
  by Authenticate. Your tokens are kept, one for each user and server.

  For scripts there are commands: see gather --help.`;

/** The line that ends the sending of messages. */
export const END_OF_MESSAGES = 'exit';
