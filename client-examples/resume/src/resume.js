// One subscription that goes on where it was.
import { placeIn } from './place.js';

const HEAD = { query: 'query { head }' };
const MINUTE = 60_000;

/** Follows until the function that it gives is called, or the subscription ends. */
export function resume(subscribe, payload, sink, { variable, cursorOf, fromHead, remedies }) {
  const place = placeIn(payload, variable, cursorOf);
  const remedyFor = remedying(remedies);
  let turn = 0;
  let over = false;
  let stop = () => {};

  const begin = () => (fromHead && place.cursor() == null ? run(HEAD, followBehind) : follow());
  const follow = () => run(place.payload, (result) => place.pass(result, sink));
  const followBehind = ({ data, errors }) => {
    if (errors) return fail(errors);
    place.moveTo(data.head);
    // At once: a socket on which nothing is under way any more is closed.
    follow();
  };

  /** Of what was under way before, nothing is heard any more. */
  function run(asked, next) {
    const mine = ++turn;
    const heard = (tell) => (value) => mine === turn && tell(value);
    stop = subscribe(asked, {
      next: heard((result) => (remedyFor(result.errors) ? fail(result.errors) : next(result))),
      error: heard(fail),
      complete: heard(() => finish(() => sink.complete())),
    });
  }

  async function fail(errors) {
    const mine = ++turn;
    try {
      const remedy = remedyFor(errors);
      if (!remedy) throw errors;
      place.moveTo(await remedy(place.cursor()));
      if (mine === turn) begin();
    } catch (error) {
      if (mine === turn) finish(() => sink.error(error));
    }
  }

  function finish(tell) {
    if (over) return;
    over = true;
    turn += 1;
    stop();
    tell();
  }

  begin();
  return () => finish(() => sink.complete());
}

/** What to do about errors, if anything: what has not helped for a minute does not help. */
function remedying(remedies) {
  const tried = {};
  return (errors) => {
    const code = errors?.[0]?.extensions?.code;
    if (!remedies[code] || Date.now() - tried[code] < MINUTE) return undefined;
    return (cursor) => {
      tried[code] = Date.now();
      return remedies[code](cursor);
    };
  };
}
