/* SPDX-License-Identifier: Apache-2.0 */
/* The layout's assertions are checked here once. */
#include "gate_ledger.h"
