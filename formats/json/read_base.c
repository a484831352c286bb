/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's core with what every machine of its kind has: SSE2, or C. */
#include "formats/base/simd.h"
#include "formats/json/read.h"

#define CORE_NAME read_base
#define CORE_TARGET
#define CORE_WIDTH    16
#define CORE_SPECIAL  simd_special16
#define CORE_NONDIGIT simd_nondigit16
#include "formats/json/read_core.h"
