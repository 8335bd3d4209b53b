(* SPDX-License-Identifier: ISC *)

type handle
type registers = (int64, Bigarray.int64_elt, Bigarray.c_layout) Bigarray.Array1.t

(* The registers are the handle's memory, and both go together. *)
type t = { handle : handle; registers : registers; space : Space.t }

(* In the order of NUCLEUS_EXIT_CALL and so on. *)
type exit = Call | Fault | Slice | Kick | Again

external create : Space.t -> handle option = "process_vcpu_create"
external run : handle -> (int[@untagged]) -> exit = "process_byte" "process_vcpu_run"
external run_carried : handle -> (int[@untagged]) -> Picox_carriers.queue Atomic.t -> int Atomic.t -> exit
  = "process_byte" "process_vcpu_run_carried"

external run_briefly : handle -> (int[@untagged]) -> int Atomic.t -> exit = "process_byte" "process_vcpu_run_briefly"

external kick : handle -> unit = "process_vcpu_kick" [@@noalloc]
external now : unit -> (int[@untagged]) = "process_byte" "process_now" [@@noalloc]
external registers : handle -> registers = "process_vcpu_registers"

type clock = int

external own_clock : unit -> (int[@untagged]) = "process_byte" "process_own_clock" [@@noalloc]
external clock_at_start : unit -> (int[@untagged]) = "process_byte" "process_clock_at_start" [@@noalloc]
external clock_at_end : unit -> (int[@untagged]) = "process_byte" "process_clock_at_end" [@@noalloc]
external read_clock : (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_read_clock" [@@noalloc]

external fault_word : handle -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_vcpu_fault_word"
[@@noalloc]

external copy : handle -> handle -> (int[@untagged]) = "process_byte" "process_vcpu_copy" [@@noalloc]
external fp_size : unit -> int = "process_vcpu_fp_size" [@@noalloc]
external get_fp : handle -> bytes -> (int[@untagged]) = "process_byte" "process_vcpu_get_fp" [@@noalloc]
external set_fp : handle -> bytes -> (int[@untagged]) = "process_byte" "process_vcpu_set_fp" [@@noalloc]
external abi : unit -> int array = "process_abi"

(* Places in nucleus_user_registers: general registers, then these. *)
let pc_place = 32
let flags_place = 33
let thread_pointer_place = 34

(* nucleus_user_abi, in order: number, six arguments, result, stack pointer, whether there is a thread pointer of its own,
   else the general register for it, the size of the instruction. Where there are no processes: zeros. *)
let abi = abi ()
let number_place = abi.(0)
let argument_places = Array.sub abi 1 6
let result_place = abi.(7)
let stack_pointer_place = abi.(8)
let thread_pointer_place = if abi.(9) <> 0 then thread_pointer_place else abi.(10)
let call_size = abi.(11)
let general = 32

let create space =
  match create space with Some handle -> { handle; registers = registers handle; space } | None -> raise Out_of_memory

let space t = t.space

(* NUCLEUS_DEADLINE_IF_WANTED *)
let wanted_bit = 1 lsl 61
let if_wanted moment = moment lor wanted_bit
let in_any_case deadline = if deadline = max_int then deadline else deadline land lnot wanted_bit

let run t ~deadline = run t.handle deadline

let run_carried t ~deadline carriers =
  run_carried t.handle deadline (Picox_carriers.ready carriers) (Picox_carriers.attentive carriers)

let run_briefly t ~deadline carriers = run_briefly t.handle deadline (Picox_carriers.attentive carriers)
let kick t = kick t.handle

(* All places are of the nucleus' own table, or checked. *)
let[@inline] whole t place = Bigarray.Array1.unsafe_get t.registers place
let[@inline] set_whole t place value = Bigarray.Array1.unsafe_set t.registers place value

let[@inline] word t place =
  let whole = whole t place in
  let small = Int64.to_int whole in
  if Int64.of_int small = whole then small else min_int

let[@inline] set_word t place value = set_whole t place (Int64.of_int value)
let call_number t = word t number_place
let[@inline] argument t n = word t argument_places.(n)
let set_argument t n value = set_word t argument_places.(n) value
let result t = word t result_place
let[@inline] set_result t value = set_word t result_place value
let pc t = word t pc_place
let set_pc t value = set_word t pc_place value
let stack_pointer t = word t stack_pointer_place
let set_stack_pointer t value = set_word t stack_pointer_place value
let thread_pointer t = word t thread_pointer_place
let set_thread_pointer t value = set_word t thread_pointer_place value
let flags t = word t flags_place
let set_flags t value = set_word t flags_place value
let check n = if n < 0 || n >= general then invalid_arg "Vcpu: no such register"

let register t n =
  check n;
  whole t n

let set_register t n value =
  check n;
  set_whole t n value

let copy_registers t ~from = if copy t.handle from.handle < 0 then invalid_arg "Vcpu.copy_registers: it runs"

let fp_size = fp_size ()

let fp_state t =
  let state = Bytes.create fp_size in
  if get_fp t.handle state < 0 then invalid_arg "Vcpu.fp_state: it runs";
  state

let set_fp_state t state =
  if Bytes.length state <> fp_size then invalid_arg "Vcpu.set_fp_state: no such state";
  if set_fp t.handle state < 0 then invalid_arg "Vcpu.set_fp_state: it runs"

type fault_kind = Read | Write | Fetch | Illegal | Divide | Floating_point | Alignment | Breakpoint | Other
type fault = { kind : fault_kind; address : int; code : int }

let fault t =
  let kind =
    match fault_word t.handle 0 with
    | 1 -> Read
    | 2 -> Write
    | 3 -> Fetch
    | 4 -> Illegal
    | 5 -> Divide
    | 6 -> Floating_point
    | 7 -> Alignment
    | 8 -> Breakpoint
    | _ -> Other
  in
  { kind; address = fault_word t.handle 1; code = fault_word t.handle 2 }
