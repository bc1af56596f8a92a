export interface PageParts {
  readonly cspSource: string;
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  /** Value of the setting `realmscope.memoryMap.colourBy`. */
  readonly colourBy: string;
}

/** The page of the memory ownership map: nothing may run or load but its own script and style sheet. */
export const memoryMapPage = ({ cspSource, nonce, script, style, colourBy }: PageParts): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; font-src ${cspSource}; script-src 'nonce-${nonce}';">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Memory Ownership Map</title>
</head>
<body>
<main id="memory-map" data-colour-by="${colourBy}"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
