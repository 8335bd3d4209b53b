(* SPDX-License-Identifier: ISC *)

open Picos_std_structured

(* A terminal: what brings what is typed, and shows what is written. *)
type terminal = { read : unit -> (string, Device.error) result; write : string -> (unit, Device.error) result }

let use ~log name use terminal =
  let read () = Result.to_option (terminal.read ()) in
  let gone = Atomic.make false in
  let output text = match terminal.write text with Ok () -> () | Error _ -> Atomic.set gone true in
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

let of_virtio device = { read = (fun () -> Virtio.Console.read device); write = Virtio.Console.write device }
let of_serial port = { read = (fun () -> Serial.Port.read port); write = Serial.Port.write port }

let virtio f ready =
  match Virtio.Pci.transport f with Error error -> error | Ok transport -> Virtio.Console.run transport (fun device -> ready (of_virtio device))

let serial f ready = Serial.Pci_port.run f (fun port -> ready (of_serial port))
let uart t ready = Serial.Fixed_port.run t (fun port -> ready (of_serial port))

(* The driver is started again when it fails. *)
let start bundle ~log for_each =
  let one kind run number f =
    let name = Printf.sprintf "%s%d" kind number in
    let supervisor = Device_supervisor.create name in
    let driver ready =
      run f (fun terminal ->
          ready terminal;
          Class_fiber.fork Local bundle (fun () -> use ~log name for_each terminal))
    in
    Class_fiber.fork Drivers bundle (fun () ->
        let error = Device_supervisor.run ~report:log supervisor driver in
        log (Printf.sprintf "console %s: %s" name (Device.error_text error)))
  in
  List.iteri (one "virtio" virtio) (Virtio.Pci.all Virtio.Console.kind);
  List.iteri (one "serial" serial) (Serial.Pci_port.all ());
  List.iteri (one "uart" uart) (Serial.Fixed_port.all ())
