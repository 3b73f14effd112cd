// What is said about files, in each language.

const en = {
  noFiles: 'There are no files here.',
  remove: (name: string) => `Do not send ${name}`,
  progress: (name: string, percent: number) => `${name}: ${percent}% uploaded`,
  again: 'Try again',
  pending: 'It is still being looked at.',
  quarantined: 'Malware was found in it: nobody gets it.',
  download: (name: string) => `Save ${name}`,
  versions: 'Versions',
  versionsOf: (name: string) => `Versions of ${name}`,
  newest: 'Newest',
  side: 'Side by side with another',
  from: (name: string) => `From ${name}`,
  newVersion: 'Upload a new version',
  newVersionOf: (name: string) => `Upload a version made from ${name}`,
  merge: 'Upload one that brings both together',
  takeAway: 'Delete the file',
  takeAwaySure: 'Delete the file with all its versions?',
};

const es: typeof en = {
  noFiles: 'Aquí no hay archivos.',
  remove: (name) => `No enviar ${name}`,
  progress: (name, percent) => `${name}: ${percent}% subido`,
  again: 'Intentar de nuevo',
  pending: 'Aún se está revisando.',
  quarantined: 'Contiene malware: nadie lo recibe.',
  download: (name) => `Guardar ${name}`,
  versions: 'Versiones',
  versionsOf: (name) => `Versiones de ${name}`,
  newest: 'La más nueva',
  side: 'Al lado de otra',
  from: (name) => `De ${name}`,
  newVersion: 'Subir una versión nueva',
  newVersionOf: (name) => `Subir una versión hecha a partir de ${name}`,
  merge: 'Subir una que las una',
  takeAway: 'Borrar el archivo',
  takeAwaySure: '¿Borrar el archivo con todas sus versiones?',
};

export const ofFiles: Record<string, typeof en> = { en, es };
