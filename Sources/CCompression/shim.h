/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
