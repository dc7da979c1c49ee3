/**
 * Names go into metrics, log lines and variables (`EVENKEEL_POOLS__NAME__…`, which a `__` in the name
 * would split).
 */
export const poolNamePattern: RegExp = /^(?!.*__)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const poolNameRule =
  "a pool's name has 1 to 64 letters, digits, '.', '-' or '_' (not two in a row)";
