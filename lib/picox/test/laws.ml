(* SPDX-License-Identifier: ISC *)

(* All tests of picox in one program, for this machine and the bare one. *)

let () =
  Test_core.add ();
  Test_queues.add ();
  Test_htbl.add ();
  Test_interleavings.add ();
  Test_linear.add ();
  Test_fifo.add ();
  Test_multififo.add ();
  Test_random.add ();
  Test_thread.add ();
  Test_carriers.add ();
  Test_wheel.add ();
  Test_timers.add ();
  Test_classes.add ();
  Test_kernel_classes.add ();
  Test_data_stack.add ();
  Test_std.add ();
  Test_sync.add ();
  Test_io.add ();
  Doc_examples.add ();
  Picox_check.Check.run ()
