// How far an operation has come.
const REMEMBERED = 1000;

/** A payload whose cursor moves: clients write it anew at each connection, and go on from there. */
export function placeIn(payload, variable, cursorOf) {
  const variables = { ...payload.variables };
  const passed = new Set();
  const moveTo = (cursor) => (variables[variable] = cursor);

  /** Hands a result on, unless it has been before. */
  function pass(result, sink) {
    const cursor = cursorOf(result);
    if (passed.has(cursor)) return;
    sink.next(result);
    if (cursor == null) return;
    passed.add(moveTo(cursor));
    if (passed.size > REMEMBERED) passed.delete(passed.values().next().value);
  }

  const cursor = () => variables[variable];
  return { payload: { ...payload, variables }, cursor, moveTo, pass };
}
