// The other side of `startLoad`: a load generator that does what it is asked, one thing after another.

/**
 * Says that it is ready, and answers from then on.
 *
 * @param answers - functions of the options asked with, by what is asked
 */
export function answerRequests(answers) {
  process.on('message', ({ what, ...options }) => {
    void Promise.resolve(answers[what](options)).then((answer) => process.send(answer ?? {}));
  });
  process.on('disconnect', () => process.exit());
  process.send({});
}
