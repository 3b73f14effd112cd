// What a camera or a screen shows.
import { useEffect, useRef } from 'react';

export function Picture({ of, mirrored }: { of: MediaStream | MediaStreamTrack; mirrored?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    video.current!.srcObject = of instanceof MediaStream ? of : new MediaStream([of]);
  }, [of]);
  return <video ref={video} className={mirrored ? 'mirrored' : undefined} autoPlay playsInline muted />;
}
