// SPDX-License-Identifier: ISC
#pragma once

// The image's parts, as the linker script (nucleus/arch/NAME/image.ld) names them. Every boundary between
// parts of different rights is page-aligned. The parts follow each other in this order from
// layout::image_start.
//
// For an offset in the image subtract image_start_address, no constant: the compiler may make one symbol and
// the constant a relocation, which riscv64's auipc does not reach.

extern "C" {
extern char image_start_address[];  // layout::image_start
extern char image_text_start[];     // read, execute
extern char image_text_end[];
extern char image_rodata_start[];  // read; holds .eh_frame, .rodata
extern char image_rodata_end[];
extern char image_data_start[];  // read, write; ends with .bss
extern char image_data_end[];
extern char
    image_boot_stack_guard[];  // a page of the data, just below the boot stack; never mapped by the core

// The thread-local template (PT_TLS): .tdata's bytes, then .tbss to image_tls_end. image_tls_alignment is an
// absolute symbol: its address is the number.
extern char image_tls_start[];
extern char image_tls_file_end[];
extern char image_tls_end[];
extern char image_tls_alignment[];

[[noreturn]] void _start();  // musl's crt1.o
}
