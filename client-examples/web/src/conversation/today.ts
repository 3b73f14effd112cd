// Which day it is, which changes while a page is open.
import { store } from '../store';

export const today = store(new Date().toDateString());

const look = () => today.set(new Date().toDateString());

setInterval(look, 60_000);
document.addEventListener('visibilitychange', look);
