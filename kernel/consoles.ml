(* SPDX-License-Identifier: ISC *)

open Picos_std_structured
module Console = Virtio.Console

let use ~log name use device =
  let read () = match Console.read device with Ok text -> Some text | Error _ -> None in
  let gone = Atomic.make false in
  let output text = match Console.write device text with Ok () -> () | Error _ -> Atomic.set gone true in
  let console = Scheme_console.of_terminal ~input:read ~output in
  Bundle.join_after ~on_return:`Terminate (fun bundle ->
      Bundle.fork bundle (fun () ->
          Scheme_console.run console;
          Atomic.set gone true);
      let rec again () =
        if not (Atomic.get gone) then begin
          use ~name (Scheme_console.service console);
          again ()
        end
      in
      again ());
  log (Printf.sprintf "console %s has ended" name)

let start bundle ~log for_each =
  let one number f =
    let name = Printf.sprintf "virtio%d" number in
    let supervisor = Device_supervisor.create name in
    let driver ready =
      match Virtio.Pci.transport f with
      | Error error -> error
      | Ok transport ->
          Console.run transport (fun device ->
              ready device;
              Class_fiber.fork Local bundle (fun () -> use ~log name for_each device))
    in
    Class_fiber.fork Drivers bundle (fun () ->
        let error = Device_supervisor.run ~report:log supervisor driver in
        log (Printf.sprintf "console %s: %s" name (Device.error_text error)))
  in
  List.iteri one (Virtio.Pci.all Console.kind)
