(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma
module Lock = Picos_std_sync.Mutex

type t = {
  driver : Driver.t;
  input : unit Requests.t;
  output : unit Requests.t;
  inbox : (Dma.t * int) Inbox.t;  (** a buffer, and how many bytes are in it *)
  writing : Lock.t;
  out : Dma.t;
}

let kind = 3
let buffers = 8
let buffer_size = 1024
let finish t error = Driver.finish t.driver error

(* Gives a buffer to the device; it comes back through the inbox. *)
let offer t buffer =
  let action = function Ok written -> Inbox.push t.inbox (buffer, written) | Error error -> Inbox.close t.inbox error in
  match Requests.start ~action t.input ~segments:1 (fun ring -> Virtqueue.writes ring buffer 0 buffer_size) with
  | Ok _ -> ()
  | Error error -> Inbox.close t.inbox error

let run transport ready =
  Driver.run transport ~kind ~wanted:0 @@ fun driver ->
  let queue index = Driver.queue driver index ~entries:16 (fun () written -> written) in
  let input = queue 0 in
  let t =
    {
      driver;
      input;
      output = queue 1;
      inbox = Inbox.create ();
      writing = Lock.create ();
      out = Dma.create 4096;
    }
  in
  Some
    (fun () ->
      for _ = 1 to min buffers (Requests.entries input) do
        offer t (Dma.create buffer_size)
      done;
      ready t)

let write t text =
  let rec go at =
    let length = min (Dma.size t.out) (String.length text - at) in
    if length = 0 then Ok ()
    else begin
      Dma.blit_from_string text at t.out 0 length;
      match Requests.run t.output ~segments:1 (fun ring -> Virtqueue.reads ring t.out 0 length) with
      | Ok _ -> go (at + length)
      | Error _ as error -> error
    end
  in
  Lock.protect t.writing (fun () -> go 0)

let rec read t =
  match Inbox.take t.inbox with
  | Error _ as error -> error
  | Ok (buffer, length) ->
      let text = Dma.sub_string buffer 0 length in
      offer t buffer;
      if text = "" then read t else Ok text
