/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows which rendering library is in use. */
import { h } from './vendor/preact.js';
import htm from './vendor/htm.js';

export { render, Fragment, createContext, createRef } from './vendor/preact.js';
export {
  useErrorBoundary, useState, useEffect, useLayoutEffect, useMemo, useRef, useCallback, useContext, useId, useReducer,
} from './vendor/hooks.js';
export const html = htm.bind(h);
