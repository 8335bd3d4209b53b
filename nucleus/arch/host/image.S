// SPDX-License-Identifier: ISC
//
// The parts of an image, as a linker script would name them: a page each.

        .section .data.host_image, "aw"
        .balign 4096
        .globl  image_start_address, image_text_start, image_text_end, image_rodata_start, image_rodata_end
        .globl  image_data_start, image_data_end, image_boot_stack_guard
        .globl  image_tls_start, image_tls_file_end, image_tls_end, image_tls_alignment
image_start_address:
image_text_start:
        .fill   4096, 1, 0x90
image_text_end:
image_rodata_start:
        .ascii  "constant text of the image"
        .fill   4070, 1, 0
image_rodata_end:
image_data_start:
        .fill   4096, 1, 0
image_boot_stack_guard:
        .fill   4096, 1, 0
        .fill   4096, 1, 0
image_data_end:
image_tls_start:
image_tls_file_end:
image_tls_end:
        .set    image_tls_alignment, 16

        .section .note.GNU-stack, "", %progbits
