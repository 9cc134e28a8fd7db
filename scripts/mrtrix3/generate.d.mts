export function askEverything(): string;
export function generatedFiles(said: string): Promise<ReadonlyMap<string, string>>;
export function generatedFolders(): string[];
export function programsLeftOut(): [program: string, reason: string][];
