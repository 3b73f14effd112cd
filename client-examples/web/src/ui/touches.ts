/** Whether the screen is touched: then a keyboard covers half of it wherever one can write. */
export const touches = (): boolean => matchMedia('(pointer: coarse)').matches;
