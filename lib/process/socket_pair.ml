(* SPDX-License-Identifier: ISC *)

type t = { incoming : Pipe.t; outgoing : Pipe.t }
type Open_file.kind += Socket of t

let mode = 0o140777

(* The other end is gone when nobody will read what is written, nor write. *)
let ready t () =
  let incoming = Pipe.reader_ready t.incoming and outgoing = Pipe.writer_ready t.outgoing in
  let ended = incoming land Open_file.poll_hang_up <> 0 in
  (incoming land Open_file.poll_in)
  lor (outgoing land Open_file.poll_out)
  lor (if ended then Open_file.poll_in else 0)
  lor if ended && outgoing land Open_file.poll_error <> 0 then Open_file.poll_hang_up lor Open_file.poll_out else 0

let close t =
  Pipe.close_reader t.incoming;
  Pipe.close_writer t.outgoing

let one ~flags t =
  Open_file.make ~flags
    (Own
       {
         kind = Socket t;
         mode;
         read = Pipe.read t.incoming;
         write = Pipe.write t.outgoing;
         ready = ready t;
         changed = (fun () -> [ Pipe.changed t.incoming; Pipe.changed t.outgoing ]);
         close = (fun () -> close t);
       })

let make ~budget ~flags =
  let there = Pipe.create ~budget in
  let back =
    try Pipe.create ~budget
    with Out_of_memory ->
      Pipe.close_reader there;
      Pipe.close_writer there;
      raise Out_of_memory
  in
  (one ~flags { incoming = back; outgoing = there }, one ~flags { incoming = there; outgoing = back })

let shut_down t ~read ~write =
  if read then Pipe.close_reader t.incoming;
  if write then Pipe.close_writer t.outgoing
