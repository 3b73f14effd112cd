// What one hears when somebody calls: two tones and a pause, where the browser lets us.

const TONES = [659.26, 523.25]; // e'' and c''
/** In seconds. */
const TONE = 0.4;
const AGAIN = 3;

/** Rings until the function is called. */
export function ring(): () => void {
  let context: AudioContext | undefined;
  const sound = () => {
    // Nobody has touched the page yet: it may not be heard.
    if (!navigator.userActivation.hasBeenActive) return;
    context ??= new AudioContext();
    if (context.state === 'running') toll(context);
    // What is begun now would be heard all at once.
    else void context.resume().catch(() => {});
  };
  sound();
  const timer = setInterval(sound, AGAIN * 1_000);
  return () => {
    clearInterval(timer);
    void context?.close();
  };
}

function toll(context: AudioContext): void {
  const volume = new GainNode(context, { gain: 0.15 });
  volume.connect(context.destination);
  TONES.forEach((frequency, place) => {
    const tone = new OscillatorNode(context, { frequency });
    const begins = context.currentTime + place * TONE;
    tone.connect(volume);
    tone.start(begins);
    tone.stop(begins + TONE);
  });
}
