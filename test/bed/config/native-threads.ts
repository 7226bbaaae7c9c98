/**
 * oslo.log gives `logging` a lock of eventlet's wherever eventlet is loaded. Two native threads that meet at it, as those of a
 * service that has just been started and is asked at once, hang for good; with this, it keeps Python's own lock.
 */

import type { FileSpec } from './file-spec.ts';

const CONTENT = `import logging
import threading
import oslo_log.log
oslo_log.log._fix_eventlet_logging = lambda: None
logging._lock = threading.RLock()
logging.threading = threading
`;

/** For uwsgi's option `import`. */
export const NATIVE_THREADS: FileSpec = { path: '/usr/local/lib/bed_native_threads.py', content: CONTENT };
