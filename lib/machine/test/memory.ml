(* SPDX-License-Identifier: ISC
   Memory for devices: every misuse raises and changes nothing. *)

module Dma = Machine.Dma
open Picox_check.Check

let refused what f = raises what is_invalid f
let whole t = Dma.sub_string t 0 (Dma.size t)

let () =
  test "a buffer is zeroed, aligned, and as long as asked" (fun () ->
      List.iter
        (fun size ->
          let t = Dma.create size in
          equal "size" size (Dma.size t);
          equal "aligned" 0 (Dma.bus_address t land 4095);
          that "zeroed" (whole t = String.make size '\000'))
        [ 1; 100; 4096; 4097; 65536; Dma.max_size ]);

  test "sizes that cannot be" (fun () ->
      List.iter (fun size -> refused (string_of_int size) (fun () -> Dma.create size)) [ 0; -1; Dma.max_size + 1; min_int; max_int ]);

  test "numbers are little-endian and unsigned" (fun () ->
      let t = Dma.create 32 in
      Dma.set8 t 0 0x1ff;
      Dma.set16 t 1 0x1_2345;
      Dma.set32 t 3 0x1_89ab_cdef;
      Dma.set64 t 7 0xfedc_ba98_7654_3210L;
      that "bytes" (Dma.sub_string t 0 15 = "\xff\x45\x23\xef\xcd\xab\x89\x10\x32\x54\x76\x98\xba\xdc\xfe");
      equal "8" 0xff (Dma.get8 t 0);
      equal "16" 0x2345 (Dma.get16 t 1);
      equal "32" 0x89ab_cdef (Dma.get32 t 3);
      that "64" (Dma.get64 t 7 = 0xfedc_ba98_7654_3210L));

  test "no access out of the buffer" (fun () ->
      let size = 100 in
      let t = Dma.create size in
      let accesses =
        [
          (1, (fun i -> ignore (Dma.get8 t i)), fun i -> Dma.set8 t i (-1));
          (2, (fun i -> ignore (Dma.get16 t i)), fun i -> Dma.set16 t i (-1));
          (4, (fun i -> ignore (Dma.get32 t i)), fun i -> Dma.set32 t i (-1));
          (8, (fun i -> ignore (Dma.get64 t i)), fun i -> Dma.set64 t i (-1L));
        ]
      in
      List.iter
        (fun (width, get, set) ->
          List.iter
            (fun i ->
              refused "get" (fun () -> get i);
              refused "set" (fun () -> set i))
            [ -1; size - width + 1; size; size + 1; 4095; 4096; max_int; min_int; -width ])
        accesses;
      that "nothing has changed" (whole t = String.make size '\000');
      List.iter (fun (width, get, set) -> get (size - width); set (size - width)) accesses);

  test "copies stay within both" (fun () ->
      let t = Dma.create 64 and u = Dma.create 16 and bytes = Bytes.make 16 'b' in
      List.iter
        (fun (offset, length) ->
          refused "fill" (fun () -> Dma.fill t offset length 'x');
          refused "sub" (fun () -> Dma.sub_string t offset length);
          refused "from" (fun () -> Dma.blit_from_bytes (Bytes.create 128) 0 t offset length);
          refused "to" (fun () -> Dma.blit_to_bytes t offset (Bytes.create 128) 0 length);
          refused "blit" (fun () -> Dma.blit t offset (Dma.create 128) 0 length);
          refused "check" (fun () -> Dma.check t offset length))
        [ (0, 65); (64, 1); (-1, 2); (1, -1); (65, 0); (1, max_int); (max_int, 1); (max_int, max_int) ];
      List.iter
        (fun (offset, length) ->
          refused "bytes" (fun () -> Dma.blit_from_bytes bytes offset t 0 length);
          refused "bytes" (fun () -> Dma.blit_to_bytes t 0 bytes offset length);
          refused "u" (fun () -> Dma.blit t 0 u offset length))
        [ (0, 17); (16, 1); (-1, 1); (3, -1); (max_int, 2) ];
      that "nothing has changed" (whole t = String.make 64 '\000' && bytes = Bytes.make 16 'b');
      Dma.blit_from_string "hello" 1 t 60 4;
      Dma.blit t 60 u 0 4;
      Dma.blit_to_bytes u 0 bytes 12 4;
      that "what was copied" (Bytes.to_string bytes = "bbbbbbbbbbbbello");
      Dma.blit t 0 t 64 0);

  test "a freed buffer is of no use" (fun () ->
      let t = Dma.create 64 in
      Dma.fill t 0 64 'x';
      Dma.free t;
      Dma.free t;
      that "freed" (Dma.is_freed t && Dma.size t = 0);
      refused "get" (fun () -> Dma.get8 t 0);
      refused "set" (fun () -> Dma.set64 t 0 0L);
      refused "fill" (fun () -> Dma.fill t 0 1 'x');
      refused "copy" (fun () -> Dma.blit_from_string "x" 0 t 0 1);
      refused "copy" (fun () -> Dma.sub_string t 0 1);
      refused "bus" (fun () -> Dma.bus_address t));

  (* More than a machine of the tests has, if none came back. *)
  test "memory comes back" (fun () ->
      for i = 1 to 2000 do
        let t = Dma.create (1 lsl 20) in
        Dma.set8 t ((1 lsl 20) - 1) i;
        if i land 1 = 0 then Dma.free t
      done);

  run ()
