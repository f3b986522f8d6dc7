// Eight cells (AVX2) and sixteen (AVX-512) at a time; see lane.h. Include after immintrin.h, under a target pragma.
#pragma once
#include "lane.h"

struct EightCells {
    typedef __m256 F;
    typedef __m256i U;
    enum { WIDTH = 8 };

    static ON_DEVICE F load(const float* from) { return _mm256_loadu_ps(from); }
    static ON_DEVICE U load(const u32* from) { return _mm256_loadu_si256((const __m256i*)from); }
    static ON_DEVICE void store(float* to, F value) { _mm256_storeu_ps(to, value); }
    static ON_DEVICE void store(u32* to, U value) { _mm256_storeu_si256((__m256i*)to, value); }
    static ON_DEVICE F gather(const float* from, U at) { return _mm256_i32gather_ps(from, at, 4); }
    static ON_DEVICE U gather(const u32* from, U at) {
        return _mm256_i32gather_epi32((const int*)from, at, 4);
    }
    static ON_DEVICE F all(float value) { return _mm256_set1_ps(value); }
    static ON_DEVICE U all(u32 value) { return _mm256_set1_epi32((int)value); }
    static ON_DEVICE U counting(u32 first) {
        return _mm256_add_epi32(all(first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }

    static ON_DEVICE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    static ON_DEVICE F add(F a, F b) { return _mm256_add_ps(a, b); }
    static ON_DEVICE F sub(F a, F b) { return _mm256_sub_ps(a, b); }
    static ON_DEVICE F mul(F a, F b) { return _mm256_mul_ps(a, b); }
    static ON_DEVICE F div(F a, F b) { return _mm256_div_ps(a, b); }
    static ON_DEVICE F sqrt(F a) { return _mm256_sqrt_ps(a); }
    static ON_DEVICE F round(F a) {
        return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    static ON_DEVICE F floor(F a) { return _mm256_floor_ps(a); }
    static ON_DEVICE F as_float(U a) { return _mm256_castsi256_ps(a); }
    static ON_DEVICE U as_bits(F a) { return _mm256_castps_si256(a); }
    static ON_DEVICE U popcount(U a) {
        const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
                                               1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
        const __m256i nibble = _mm256_set1_epi8(15);
        __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(a, nibble));
        __m256i high =
            _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble));
        __m256i bytes = _mm256_add_epi8(low, high);
        return _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1)),
                                 _mm256_set1_epi16(1));
    }

    static ON_DEVICE F min(F a, F b) { return _mm256_min_ps(a, b); }
    static ON_DEVICE F max(F a, F b) { return _mm256_max_ps(a, b); }
    static ON_DEVICE U less(F a, F b) { return as_bits(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
    static ON_DEVICE U less_equal(F a, F b) { return as_bits(_mm256_cmp_ps(a, b, _CMP_LE_OQ)); }
    static ON_DEVICE U equal(F a, F b) { return as_bits(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
    static ON_DEVICE U less(U a, U b) { return _mm256_cmpgt_epi32(b, a); }
    static ON_DEVICE U equal(U a, U b) { return _mm256_cmpeq_epi32(a, b); }
    static ON_DEVICE F choose(U mask, F yes, F no) {
        return _mm256_blendv_ps(no, yes, as_float(mask));
    }
    static ON_DEVICE U choose(U mask, U yes, U no) { return _mm256_blendv_epi8(no, yes, mask); }
    static ON_DEVICE u32 nonzero(U a) {
        U is_zero = _mm256_cmpeq_epi32(a, _mm256_setzero_si256());
        return (u32)_mm256_movemask_ps(_mm256_castsi256_ps(is_zero)) ^ 0xFFu;
    }
    static ON_DEVICE bool any(U mask) { return !_mm256_testz_si256(mask, mask); }
    static ON_DEVICE bool every(U mask) { return _mm256_movemask_epi8(mask) == -1; }

    static ON_DEVICE U add(U a, U b) { return _mm256_add_epi32(a, b); }
    static ON_DEVICE U sub(U a, U b) { return _mm256_sub_epi32(a, b); }
    static ON_DEVICE U both(U a, U b) { return _mm256_and_si256(a, b); }
    static ON_DEVICE U either(U a, U b) { return _mm256_or_si256(a, b); }
    static ON_DEVICE U differ(U a, U b) { return _mm256_xor_si256(a, b); }
    static ON_DEVICE U without(U a, U b) { return _mm256_andnot_si256(b, a); }
    template <int N> static ON_DEVICE U left(U a) { return _mm256_slli_epi32(a, N); }
    template <int N> static ON_DEVICE U right(U a) { return _mm256_srli_epi32(a, N); }
    static ON_DEVICE U multiply_low(U a, U b) { return _mm256_mullo_epi32(a, b); }
    static ON_DEVICE U multiply_high(U a, U b) {
        __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(a, b), 32);
        __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
        return _mm256_blend_epi32(even, odd, 0xAA);
    }
    static ON_DEVICE U differ(U a, U b, U c) { return differ(differ(a, b), c); }
    static ON_DEVICE U majority(U a, U b, U c) {
        return either(both(a, b), both(differ(a, b), c));
    }
    static ON_DEVICE U mark_halves(U marked, U a, U b, u32 bit) {
        U is_above = _mm256_cmpeq_epi16(_mm256_max_epu16(a, b), a);
        return either(marked, both(is_above, _mm256_set1_epi16((short)bit)));
    }
    static ON_DEVICE F to_float(U a) { return _mm256_cvtepi32_ps(a); }
    static ON_DEVICE U to_whole(F a) { return _mm256_cvttps_epi32(a); }

    static ON_DEVICE u32* list_bits(u32 bits, u32 first, u32 stride, u32* to) {
        for (; bits; bits &= bits - 1) *to++ = first + (u32)__builtin_ctz(bits) * stride;
        return to;
    }

    static ON_DEVICE void store_by_lane(float* to, const F v[8]) {
        F a0 = _mm256_unpacklo_ps(v[0], v[1]), a1 = _mm256_unpackhi_ps(v[0], v[1]);
        F a2 = _mm256_unpacklo_ps(v[2], v[3]), a3 = _mm256_unpackhi_ps(v[2], v[3]);
        F a4 = _mm256_unpacklo_ps(v[4], v[5]), a5 = _mm256_unpackhi_ps(v[4], v[5]);
        F a6 = _mm256_unpacklo_ps(v[6], v[7]), a7 = _mm256_unpackhi_ps(v[6], v[7]);
        F b0 = _mm256_shuffle_ps(a0, a2, 0x44), b1 = _mm256_shuffle_ps(a0, a2, 0xEE);
        F b2 = _mm256_shuffle_ps(a1, a3, 0x44), b3 = _mm256_shuffle_ps(a1, a3, 0xEE);
        F b4 = _mm256_shuffle_ps(a4, a6, 0x44), b5 = _mm256_shuffle_ps(a4, a6, 0xEE);
        F b6 = _mm256_shuffle_ps(a5, a7, 0x44), b7 = _mm256_shuffle_ps(a5, a7, 0xEE);
        store(to, _mm256_permute2f128_ps(b0, b4, 0x20));
        store(to + 8, _mm256_permute2f128_ps(b1, b5, 0x20));
        store(to + 16, _mm256_permute2f128_ps(b2, b6, 0x20));
        store(to + 24, _mm256_permute2f128_ps(b3, b7, 0x20));
        store(to + 32, _mm256_permute2f128_ps(b0, b4, 0x31));
        store(to + 40, _mm256_permute2f128_ps(b1, b5, 0x31));
        store(to + 48, _mm256_permute2f128_ps(b2, b6, 0x31));
        store(to + 56, _mm256_permute2f128_ps(b3, b7, 0x31));
    }
};

#if defined(MORTAL_SIXTEEN)
struct SixteenCells {
    typedef __m512 F;
    typedef __m512i U;
    enum { WIDTH = 16 };

    static ON_DEVICE F load(const float* from) { return _mm512_loadu_ps(from); }
    static ON_DEVICE U load(const u32* from) { return _mm512_loadu_si512(from); }
    static ON_DEVICE void store(float* to, F value) { _mm512_storeu_ps(to, value); }
    static ON_DEVICE void store(u32* to, U value) { _mm512_storeu_si512(to, value); }
    static ON_DEVICE F gather(const float* from, U at) { return _mm512_i32gather_ps(at, from, 4); }
    static ON_DEVICE U gather(const u32* from, U at) {
        return _mm512_i32gather_epi32(at, (const int*)from, 4);
    }
    static ON_DEVICE F all(float value) { return _mm512_set1_ps(value); }
    static ON_DEVICE U all(u32 value) { return _mm512_set1_epi32((int)value); }
    static ON_DEVICE U counting(u32 first) {
        return _mm512_add_epi32(all(first), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                                                              12, 13, 14, 15));
    }

    static ON_DEVICE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static ON_DEVICE F add(F a, F b) { return _mm512_add_ps(a, b); }
    static ON_DEVICE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
    static ON_DEVICE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    static ON_DEVICE F div(F a, F b) { return _mm512_div_ps(a, b); }
    static ON_DEVICE F sqrt(F a) { return _mm512_sqrt_ps(a); }
    static ON_DEVICE F round(F a) {
        return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    static ON_DEVICE F floor(F a) {
        return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    }
    static ON_DEVICE F as_float(U a) { return _mm512_castsi512_ps(a); }
    static ON_DEVICE U as_bits(F a) { return _mm512_castps_si512(a); }
    static ON_DEVICE U popcount(U a) {
        const __m512i table = _mm512_broadcast_i32x4(
            _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        const __m512i nibble = _mm512_set1_epi8(15);
        __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(a, nibble));
        __m512i high =
            _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(a, 4), nibble));
        __m512i bytes = _mm512_add_epi8(low, high);
        return _mm512_madd_epi16(_mm512_maddubs_epi16(bytes, _mm512_set1_epi8(1)),
                                 _mm512_set1_epi16(1));
    }

    static ON_DEVICE F min(F a, F b) { return _mm512_min_ps(a, b); }
    static ON_DEVICE F max(F a, F b) { return _mm512_max_ps(a, b); }
    static ON_DEVICE U whole(__mmask16 mask) { return _mm512_movm_epi32(mask); }
    static ON_DEVICE __mmask16 bits(U mask) { return _mm512_movepi32_mask(mask); }
    static ON_DEVICE U less(F a, F b) { return whole(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ)); }
    static ON_DEVICE U less_equal(F a, F b) { return whole(_mm512_cmp_ps_mask(a, b, _CMP_LE_OQ)); }
    static ON_DEVICE U equal(F a, F b) { return whole(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ)); }
    static ON_DEVICE U less(U a, U b) { return whole(_mm512_cmplt_epi32_mask(a, b)); }
    static ON_DEVICE U equal(U a, U b) { return whole(_mm512_cmpeq_epi32_mask(a, b)); }
    static ON_DEVICE F choose(U mask, F yes, F no) { return _mm512_mask_blend_ps(bits(mask), no, yes); }
    static ON_DEVICE U choose(U mask, U yes, U no) {
        return _mm512_mask_blend_epi32(bits(mask), no, yes);
    }
    static ON_DEVICE u32 nonzero(U a) { return _mm512_test_epi32_mask(a, a); }
    static ON_DEVICE bool any(U mask) { return _mm512_test_epi32_mask(mask, mask) != 0; }
    static ON_DEVICE bool every(U mask) { return bits(mask) == 0xFFFF; }

    static ON_DEVICE U add(U a, U b) { return _mm512_add_epi32(a, b); }
    static ON_DEVICE U sub(U a, U b) { return _mm512_sub_epi32(a, b); }
    static ON_DEVICE U both(U a, U b) { return _mm512_and_si512(a, b); }
    static ON_DEVICE U either(U a, U b) { return _mm512_or_si512(a, b); }
    static ON_DEVICE U differ(U a, U b) { return _mm512_xor_si512(a, b); }
    static ON_DEVICE U without(U a, U b) { return _mm512_andnot_si512(b, a); }
    template <int N> static ON_DEVICE U left(U a) { return _mm512_slli_epi32(a, N); }
    template <int N> static ON_DEVICE U right(U a) { return _mm512_srli_epi32(a, N); }
    static ON_DEVICE U multiply_low(U a, U b) { return _mm512_mullo_epi32(a, b); }
    static ON_DEVICE U multiply_high(U a, U b) {
        __m512i even = _mm512_srli_epi64(_mm512_mul_epu32(a, b), 32);
        __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
        return _mm512_mask_blend_epi32(0xAAAA, even, odd);
    }
    static ON_DEVICE U differ(U a, U b, U c) { return _mm512_ternarylogic_epi32(a, b, c, 0x96); }
    static ON_DEVICE U majority(U a, U b, U c) { return _mm512_ternarylogic_epi32(a, b, c, 0xE8); }
    static ON_DEVICE U mark_halves(U marked, U a, U b, u32 bit) {
        return _mm512_mask_add_epi16(marked, _mm512_cmpge_epu16_mask(a, b), marked,
                                     _mm512_set1_epi16((short)bit));
    }
    static ON_DEVICE F to_float(U a) { return _mm512_cvtepi32_ps(a); }
    static ON_DEVICE U to_whole(F a) { return _mm512_cvttps_epi32(a); }

    // Without a branch, which would be mispredicted for nearly every train.
    static ON_DEVICE u32* list_bits(u32 bits, u32 first, u32 stride, u32* to) {
        U at = add(all(first), multiply_low(counting(0u), all(stride)));
        store(to, _mm512_maskz_compress_epi32((__mmask16)bits, at));
        to += __builtin_popcount(bits & 0xFFFFu);
        at = add(at, all(16u * stride));
        store(to, _mm512_maskz_compress_epi32((__mmask16)(bits >> 16), at));
        return to + __builtin_popcount(bits >> 16);
    }
    // Two half registers as one, and back.
    static ON_DEVICE U beside(const u32* low, const u32* high) {
        return _mm512_inserti64x4(_mm512_castsi256_si512(EightCells::load(low)),
                                  EightCells::load(high), 1);
    }
    static ON_DEVICE __m256i low_half(U a) { return _mm512_castsi512_si256(a); }
    static ON_DEVICE __m256i high_half(U a) { return _mm512_extracti64x4_epi64(a, 1); }

    static ON_DEVICE void store_by_lane(float* to, const F v[8]) {
        F b[2][4];
        for (int half = 0; half < 2; ++half) {  // values 0 to 3 of each lane, then 4 to 7
            F a0 = _mm512_unpacklo_ps(v[4 * half], v[4 * half + 1]);
            F a1 = _mm512_unpackhi_ps(v[4 * half], v[4 * half + 1]);
            F a2 = _mm512_unpacklo_ps(v[4 * half + 2], v[4 * half + 3]);
            F a3 = _mm512_unpackhi_ps(v[4 * half + 2], v[4 * half + 3]);
            b[half][0] = _mm512_shuffle_ps(a0, a2, 0x44);
            b[half][1] = _mm512_shuffle_ps(a0, a2, 0xEE);
            b[half][2] = _mm512_shuffle_ps(a1, a3, 0x44);
            b[half][3] = _mm512_shuffle_ps(a1, a3, 0xEE);
        }
        // Of lanes 4 q + k the quarter q of b[.][k].
        for (int k = 0; k < 4; k += 2) {
            F x = _mm512_shuffle_f32x4(b[0][k], b[1][k], 0x44);
            F y = _mm512_shuffle_f32x4(b[0][k + 1], b[1][k + 1], 0x44);
            F z = _mm512_shuffle_f32x4(b[0][k], b[1][k], 0xEE);
            F w = _mm512_shuffle_f32x4(b[0][k + 1], b[1][k + 1], 0xEE);
            store(to + 8 * k, _mm512_shuffle_f32x4(x, y, 0x88));
            store(to + 8 * k + 32, _mm512_shuffle_f32x4(x, y, 0xDD));
            store(to + 8 * k + 64, _mm512_shuffle_f32x4(z, w, 0x88));
            store(to + 8 * k + 96, _mm512_shuffle_f32x4(z, w, 0xDD));
        }
    }
};
#endif
