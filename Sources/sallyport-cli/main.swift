// SPDX-License-Identifier: Apache-2.0

import Commands

// The command line tool; everything it does is in `Commands`.
await SallyportCommand.runAndExit()
