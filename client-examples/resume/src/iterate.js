// A subscription to loop over.

/** What a subscription gives, one after the other. Leaving the loop ends it. */
export function iterate(subscribe) {
  const results = [];
  let end;
  let wake = () => {};
  const ended = (how) => {
    end ??= how;
    wake();
  };
  const dispose = subscribe({
    next: (result) => {
      results.push(result);
      wake();
    },
    error: (error) => ended({ error }),
    complete: () => ended({}),
  });

  const all = (async function* () {
    try {
      while (results.length || !end) {
        if (results.length) yield results.shift();
        else await new Promise((resolve) => (wake = resolve));
      }
      if ('error' in end) throw end.error;
    } finally {
      dispose();
    }
  })();
  const leave = all.return.bind(all);
  const leaving = (value) => {
    dispose(); // whoever waits for the next one would not hear of it otherwise
    return leave(value);
  };
  return Object.assign(all, { return: leaving });
}
