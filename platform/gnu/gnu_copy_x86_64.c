/* SPDX-License-Identifier: MIT */
/*
 * The copy of gnu_copy.h for x86-64: section_os_guarded_copy().
 *
 * Up to 128 bytes are moved without a loop, from both ends towards the middle;
 * more than that in steps of 64 bytes. Vectors are of 32 bytes where the
 * processor has them: one store for each clock is what bounds small copies.
 *
 * Not `rep movsb`: it is as fast at best, and on some processors a hundred
 * times slower when source and target differ by little in their place on a
 * page.
 *
 * r10 is where the fault is told, rsi the target, rdx the source, rcx the
 * length. r8, r9 and r10 stay what the handler and the landing expect, and the
 * stack pointer what it is at the landing.
 */
#include "gnu/gnu_copy.h"

#include <cpuid.h>
#include <errno.h>
#include <stdint.h>

/* What a fault is to the system: ERROR_NOACCESS (winerror.h), or an errno. */
#ifdef _WIN32
#define FAULT_CODE 998
#else
#define FAULT_CODE EFAULT
#endif
#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

#ifdef _WIN32
/* rsi is the caller's, and arguments are elsewhere. */
#define BEGIN                                                                  \
    "    .def section_os_guarded_copy; .scl 2; .type 32; .endef\n"             \
    "    .seh_proc section_os_guarded_copy\n"
#define ENTER                                                                  \
    "    pushq %rsi\n"                                                         \
    "    .seh_pushreg %rsi\n"                                                  \
    "    .seh_endprologue\n"                                                   \
    "    movq %rcx, %r10\n"                                                    \
    "    movq %rdx, %rsi\n"                                                    \
    "    movq %r8, %rdx\n"                                                     \
    "    movq %r9, %rcx\n"                                                     \
    "    movq 48(%rsp), %r8\n"                                                 \
    "    movq 56(%rsp), %r9\n"
#define LEAVE                                                                  \
    "    popq %rsi\n"                                                          \
    "    ret\n"
#define END "    .seh_endproc\n"
#else
#define BEGIN                                                                  \
    "    .type section_os_guarded_copy, @function\n"                           \
    "    .hidden section_os_guarded_copy\n"                                    \
    "    .hidden section__gnu_copy_first\n"                                    \
    "    .hidden section__gnu_copy_last\n"                                     \
    "    .hidden section__gnu_copy_landing\n"                                  \
    "    .cfi_startproc\n"
#define ENTER "    movq %rdi, %r10\n"
#define LEAVE "    ret\n"
#define END                                                                    \
    "    .cfi_endproc\n"                                                       \
    "    .size section_os_guarded_copy, .-section_os_guarded_copy\n"
#endif

/* SECTION_OK. *fault is left as it is, which saves a store. */
#define SUCCEED "    xorl %eax, %eax\n"

_Static_assert(SECTION_OK == 0 && SECTION_FAULT == 16, "see below");
_Static_assert(sizeof(section_os_result) == 8, "returned in rax");

/* clang-format off */
__asm__(
    "    .text\n"
    "    .p2align 6\n"
    "    .globl section_os_guarded_copy\n"
    "    .globl section__gnu_copy_first\n"
    "    .globl section__gnu_copy_last\n"
    "    .globl section__gnu_copy_landing\n"
    BEGIN
    "section_os_guarded_copy:\n"
    "    movl section__gnu_copy_way(%rip), %eax\n"
    "    testl %eax, %eax\n"
    "    je section__gnu_copy_begin\n"
    ENTER
    "section__gnu_copy_first:\n"
    "    cmpq $64, %rcx\n"
    "    ja 64f\n"
    "    cmpq $32, %rcx\n"
    "    jb 16f\n"
    /* 32 to 64 */
    "    cmpl $2, %eax\n"
    "    jne 33f\n"
    "    vmovups (%rdx), %ymm0\n"
    "    vmovups -32(%rdx,%rcx), %ymm1\n"
    "    vmovups %ymm0, (%rsi)\n"
    "    vmovups %ymm1, -32(%rsi,%rcx)\n"
    "    vzeroupper\n"
    SUCCEED
    LEAVE
    "33:\n"
    "    movups (%rdx), %xmm0\n"
    "    movups 16(%rdx), %xmm1\n"
    "    movups -32(%rdx,%rcx), %xmm2\n"
    "    movups -16(%rdx,%rcx), %xmm3\n"
    "    movups %xmm0, (%rsi)\n"
    "    movups %xmm1, 16(%rsi)\n"
    "    movups %xmm2, -32(%rsi,%rcx)\n"
    "    movups %xmm3, -16(%rsi,%rcx)\n"
    SUCCEED
    LEAVE

    "    .p2align 4\n"
    "16:\n"
    "    cmpl $16, %ecx\n"
    "    jb 8f\n"
    "    movups (%rdx), %xmm0\n"
    "    movups -16(%rdx,%rcx), %xmm1\n"
    "    movups %xmm0, (%rsi)\n"
    "    movups %xmm1, -16(%rsi,%rcx)\n"
    "    jmp 1f\n"
    "8:\n"
    "    cmpl $8, %ecx\n"
    "    jb 4f\n"
    "    movq (%rdx), %rax\n"
    "    movq -8(%rdx,%rcx), %r11\n"
    "    movq %rax, (%rsi)\n"
    "    movq %r11, -8(%rsi,%rcx)\n"
    "    jmp 1f\n"
    "4:\n"
    "    cmpl $4, %ecx\n"
    "    jb 2f\n"
    "    movl (%rdx), %eax\n"
    "    movl -4(%rdx,%rcx), %r11d\n"
    "    movl %eax, (%rsi)\n"
    "    movl %r11d, -4(%rsi,%rcx)\n"
    "    jmp 1f\n"
    "2:\n"
    /* 3: the first, the middle and the last byte, of which two may be one */
    "    testl %ecx, %ecx\n"
    "    jz 1f\n"
    "    movl %ecx, %r11d\n"
    "    shrl $1, %r11d\n"
    "    movzbl (%rdx,%r11), %eax\n"
    "    movb %al, (%rsi,%r11)\n"
    "    movzbl (%rdx), %eax\n"
    "    movzbl -1(%rdx,%rcx), %r11d\n"
    "    movb %al, (%rsi)\n"
    "    movb %r11b, -1(%rsi,%rcx)\n"
    "1:\n"
    SUCCEED
    LEAVE

    "    .p2align 4\n"
    "64:\n"
    "    cmpl $2, %eax\n"
    "    je 264f\n"
    "    movups (%rdx), %xmm0\n"
    "    movups 16(%rdx), %xmm1\n"
    "    movups 32(%rdx), %xmm2\n"
    "    movups 48(%rdx), %xmm3\n"
    "    movups %xmm0, (%rsi)\n"
    "    movups %xmm1, 16(%rsi)\n"
    "    movups %xmm2, 32(%rsi)\n"
    "    movups %xmm3, 48(%rsi)\n"
    "    cmpq $128, %rcx\n"
    "    jbe 32f\n"
    /* Go on where the target is a multiple of 64, which is after at most the 64
     * bytes that are done. */
    "    movq %rsi, %rax\n"
    "    andl $63, %eax\n"
    "    subq $64, %rax\n"
    "    subq %rax, %rsi\n"
    "    subq %rax, %rdx\n"
    "    addq %rax, %rcx\n"
    "    subq $64, %rcx\n"
    "    .p2align 4\n"
    "65:\n"
    "    movups (%rdx), %xmm0\n"
    "    movups 16(%rdx), %xmm1\n"
    "    movups 32(%rdx), %xmm2\n"
    "    movups 48(%rdx), %xmm3\n"
    "    movaps %xmm0, (%rsi)\n"
    "    movaps %xmm1, 16(%rsi)\n"
    "    movaps %xmm2, 32(%rsi)\n"
    "    movaps %xmm3, 48(%rsi)\n"
    "    addq $64, %rdx\n"
    "    addq $64, %rsi\n"
    "    subq $64, %rcx\n"
    "    ja 65b\n"
    "    addq $64, %rcx\n"
    /* The last 64, some of which are done. */
    "32:\n"
    "    movups -64(%rdx,%rcx), %xmm0\n"
    "    movups -48(%rdx,%rcx), %xmm1\n"
    "    movups -32(%rdx,%rcx), %xmm2\n"
    "    movups -16(%rdx,%rcx), %xmm3\n"
    "    movups %xmm0, -64(%rsi,%rcx)\n"
    "    movups %xmm1, -48(%rsi,%rcx)\n"
    "    movups %xmm2, -32(%rsi,%rcx)\n"
    "    movups %xmm3, -16(%rsi,%rcx)\n"
    SUCCEED
    LEAVE

    /* The same with vectors of 32 bytes. */
    "    .p2align 4\n"
    "264:\n"
    "    vmovups (%rdx), %ymm0\n"
    "    vmovups 32(%rdx), %ymm1\n"
    "    vmovups %ymm0, (%rsi)\n"
    "    vmovups %ymm1, 32(%rsi)\n"
    "    cmpq $128, %rcx\n"
    "    jbe 232f\n"
    "    movq %rsi, %rax\n"
    "    andl $63, %eax\n"
    "    subq $64, %rax\n"
    "    subq %rax, %rsi\n"
    "    subq %rax, %rdx\n"
    "    addq %rax, %rcx\n"
    "    subq $64, %rcx\n"
    "    .p2align 4\n"
    "265:\n"
    "    vmovups (%rdx), %ymm0\n"
    "    vmovups 32(%rdx), %ymm1\n"
    "    vmovaps %ymm0, (%rsi)\n"
    "    vmovaps %ymm1, 32(%rsi)\n"
    "    addq $64, %rdx\n"
    "    addq $64, %rsi\n"
    "    subq $64, %rcx\n"
    "    ja 265b\n"
    "    addq $64, %rcx\n"
    "232:\n"
    "    vmovups -64(%rdx,%rcx), %ymm0\n"
    "    vmovups -32(%rdx,%rcx), %ymm1\n"
    "    vmovups %ymm0, -64(%rsi,%rcx)\n"
    "    vmovups %ymm1, -32(%rsi,%rcx)\n"
    "    vzeroupper\n"
    SUCCEED
    LEAVE

    "section__gnu_copy_last:\n"
    "section__gnu_copy_landing:\n"
    "    movq %rax, (%r10)\n"
    "    cmpl $2, section__gnu_copy_way(%rip)\n"
    "    jne 3f\n"
    "    vzeroupper\n"
    "3:\n"
    "    movabsq $(16 + (" TEXT(FAULT_CODE) " << 32)), %rax\n"
    LEAVE
    END
);
/* clang-format on */

/* What the processor says of itself (cpuid), and the system of what it keeps
 * for each thread (xgetbv). */
#define LEAF_1_ECX_OSXSAVE (1u << 27)
#define LEAF_1_ECX_AVX     (1u << 28)
#define XCR0_VECTORS       0x6u

/* Read above. How to copy: 0 not yet, 1 by 16 bytes, 2 by 32. */
__attribute__((used)) GNU_COPY_LOCAL int32_t section__gnu_copy_way;

static bool has_wide_vectors(void)
{
    const unsigned needed = LEAF_1_ECX_OSXSAVE | LEAF_1_ECX_AVX;
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & needed) != needed)
        return false;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & XCR0_VECTORS) == XCR0_VECTORS;
}

void gnu_copy_prepare(void)
{
    __atomic_store_n(&section__gnu_copy_way, has_wide_vectors() ? 2 : 1,
                     __ATOMIC_RELEASE);
}
