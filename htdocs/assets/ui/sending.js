/* SPDX-License-Identifier: Apache-2.0 */
/* What a form sends: one call at a time, also when Enter is hit twice; a refusal that comes when the form is gone is
 * said elsewhere. */
import { useLayoutEffect, useRef, useState } from '../lib.js';
import { announce } from './toast.js';

/* Gives { busy, error, send, forget }; send(call, done): call: () => Promise; done(answer) when it is there; forget():
 * what was refused is being mended. */
export function useSending() {
  const [state, setState] = useState({});
  const here = useRef(true);
  const busy = useRef(false);
  useLayoutEffect(() => () => { here.current = false; }, []);
  const send = async (call, done) => {
    if (busy.current) return;
    busy.current = true;
    setState({ busy: true });
    try {
      const answer = await call();
      await done(answer);
      setState({});
    } catch (error) {
      if (here.current) setState({ error });
      else announce(error.message, { tone: 'failed' });
    } finally {
      busy.current = false;
    }
  };
  const forget = () => setState((s) => (s.error ? {} : s));
  return { ...state, send, forget };
}
