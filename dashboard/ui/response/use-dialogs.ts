'use client';

import { useState } from 'react';

/**
 * Which of the dialogs of a page is open. `keyOf` is another one each time: what was chosen before is forgotten when a dialog is
 * opened anew, yet stays while it closes.
 */
export function useDialogs<Name extends string>() {
  const [open, setOpen] = useState<Name>();
  const [times, setTimes] = useState(0);
  return {
    begin(name: Name) {
      setTimes(times + 1);
      setOpen(name);
    },
    /** What a dialog takes, but for its `key`. */
    of: (name: Name) => ({ opened: open === name, onClose: () => setOpen(undefined) }),
    keyOf: (name: Name) => `${name} ${times}`,
  };
}
