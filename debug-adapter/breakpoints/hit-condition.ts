/** Hit counts: `5`, `>= 5`, `> 5`, `== 5`, `< 5`, `<= 5`, `% 5`. */

const FORM = /^\s*(>=|<=|==|=|>|<|%)?\s*([0-9]+)\s*$/;

/** True when `text` is a hit condition. */
export const isHitCondition = (text: string): boolean => FORM.test(text) && !/%\s*0+\s*$/.test(text);

/** Whether to stop at the `hits`th hit. A bare number means from that hit on, as VS Code describes it. */
export function hitConditionHolds(text: string, hits: number): boolean {
  const match = FORM.exec(text);
  const wanted = Number(match?.[2]);
  switch (match?.[1]) {
    case '>':
      return hits > wanted;
    case '<':
      return hits < wanted;
    case '<=':
      return hits <= wanted;
    case '==':
    case '=':
      return hits === wanted;
    case '%':
      return hits % wanted === 0;
    default:
      return hits >= wanted;
  }
}
