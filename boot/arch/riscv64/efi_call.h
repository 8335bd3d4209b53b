// SPDX-License-Identifier: ISC
#pragma once

// UEFI calls as everybody does here.  Spec: [uefi "Calling Conventions"]

#define EFI_CALL
