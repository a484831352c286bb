/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's core for AVX2; called only where the CPU has it. */
#include "formats/base/simd.h"
#include "formats/json/read.h"

#if defined(SIMD_AVX2)

#define CORE_NAME     read_avx2
#define CORE_TARGET   SIMD_AVX2
#define CORE_WIDTH    32
#define CORE_SPECIAL  simd_special32
#define CORE_NONDIGIT simd_nondigit32
#include "formats/json/read_core.h"

#else

bool
read_avx2(struct read *r)
{
    return read_base(r);
}

#endif
