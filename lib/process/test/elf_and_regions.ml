(* SPDX-License-Identifier: ISC
   What decides on a program's memory without any: the ELF reader against files that are wrong in one thing, and against
   random damage; the ranges against a model that knows each page. *)

open Process
open Law

(* Writing ELF files. *)

let machine = 62

type segment = { kind : int; flags : int; offset : int; address : int; file_size : int; memory_size : int; alignment : int }

let code = { kind = 1; flags = 5; offset = 0; address = 0x400000; file_size = 0x200; memory_size = 0x200; alignment = 0x1000 }
let data = { kind = 1; flags = 6; offset = 0x200; address = 0x402200; file_size = 0x80; memory_size = 0x2000; alignment = 0x1000 }

let write ?(kind = 2) ?(machine = machine) ?(entry = 0x400100) ?(size = 0x400) ?(header_size = 56) ?count segments =
  let bytes = Bytes.make size '\000' in
  let put16 at n = if at + 2 <= size then Bytes.set_uint16_le bytes at n in
  let put32 at n = if at + 4 <= size then Bytes.set_int32_le bytes at (Int32.of_int n) in
  let put64 at n = if at + 8 <= size then Bytes.set_int64_le bytes at (Int64.of_int n) in
  Bytes.blit_string "\x7fELF\x02\x01\x01" 0 bytes 0 7;
  put16 16 kind;
  put16 18 machine;
  put64 24 entry;
  put64 32 64;
  put16 54 header_size;
  put16 56 (Option.value count ~default:(List.length segments));
  List.iteri
    (fun i s ->
      let at = 64 + (56 * i) in
      put32 at s.kind;
      put32 (at + 4) s.flags;
      put64 (at + 8) s.offset;
      put64 (at + 16) s.address;
      put64 (at + 32) s.file_size;
      put64 (at + 40) s.memory_size;
      put64 (at + 48) s.alignment)
    segments;
  Bytes.to_string bytes

let parse = Elf.parse ~machine
let refused what file = check what (Result.is_error (parse file))

let elf_cases () =
  let good = write [ code; data; { code with kind = 0x6474e551; memory_size = 0x20000 } ] in
  (match parse good with
  | Error reason -> check reason false
  | Ok elf ->
      check "segments" (List.length elf.segments = 2);
      check "its range" (elf.start = 0x400000 && elf.size = 0x5000);
      check "fixed" (not elf.movable);
      check "entry" (elf.entry = 0x400100);
      check "headers in memory" (elf.headers = Some 0x400040);
      check "stack" (elf.stack_size = Some 0x20000));
  let movable = List.map (fun s -> { s with address = s.address - 0x400000 }) [ code; data ] in
  check "a movable one" (match parse (write ~kind:3 ~entry:0x100 movable) with Ok elf -> elf.movable && elf.start = 0 | Error _ -> false);
  refused "nothing" "";
  refused "half a header" (String.sub good 0 40);
  refused "headers cut off" (String.sub good 0 100);
  refused "segments cut off" (String.sub good 0 0x180);
  refused "another magic" ("x" ^ String.sub good 1 (String.length good - 1));
  refused "another machine" (write ~machine:183 [ code; data ]);
  refused "an object file" (write ~kind:1 [ code; data ]);
  refused "a core" (write ~kind:4 [ code; data ]);
  refused "no segments" (write []);
  refused "nothing to load" (write [ { code with kind = 2 } ]);
  refused "an empty segment only" (write [ { code with file_size = 0; memory_size = 0 } ]);
  refused "a dynamic loader" (write [ { code with kind = 3 }; code ]);
  refused "writable and executable" (write [ { code with flags = 7 } ]);
  refused "larger in the file" (write [ { code with memory_size = 0x100 } ]);
  refused "overlapping" (write [ code; { data with address = 0x400100; alignment = 1 } ]);
  refused "in one page" (write [ code; { data with address = 0x400800; alignment = 1 } ]);
  refused "in descending order" (write [ data; code ]);
  refused "null" (write ~entry:0x100 [ { code with address = 0 } ]);
  refused "below user mode" (write ~entry:0x8100 [ { code with address = 0x8000 } ]);
  refused "in the kernel" (write [ { code with address = -0x80000000 } ]);
  refused "at the end" (write [ { code with address = Space.limit - 0x1000 } ]);
  refused "enormous" (write [ code; { data with memory_size = 1 lsl 37 } ]);
  refused "so large that it wraps" (write [ code; { data with memory_size = max_int } ]);
  refused "an offset that wraps" (write [ { code with offset = max_int - 0x100 } ]);
  refused "an odd alignment" (write [ { code with alignment = 3 } ]);
  refused "not aligned as it says" (write [ { code with address = 0x400010 } ]);
  refused "an entry in data" (write ~entry:0x402210 [ code; data ]);
  refused "an entry nowhere" (write ~entry:0x500000 [ code; data ]);
  refused "headers of another size" (write ~header_size:32 [ code; data ]);
  refused "more headers than file" (write ~count:100 [ code; data ]);
  refused "very many headers" (write ~count:65535 ~size:(65536 * 57) [ code ])

(* Whatever comes, it is an answer, and what is accepted is sound. *)
let sound file (elf : Elf.t) =
  let rec apart = function
    | (a : Elf.segment) :: (b : Elf.segment) :: rest -> (a.address + a.memory_size + 4095) / 4096 <= b.address / 4096 && apart (b :: rest)
    | _ -> true
  in
  apart elf.segments
  && List.for_all
       (fun (s : Elf.segment) ->
         s.file_offset >= 0 && s.file_size >= 0
         && s.file_size <= s.memory_size
         && s.file_offset + s.file_size <= String.length file
         && (not (s.rights.write && s.rights.execute))
         && s.address >= elf.start
         && s.address + s.memory_size <= elf.start + elf.size)
       elf.segments
  && elf.start + elf.size <= Space.limit / 2
  && (elf.movable || elf.start >= Space.lowest)

let elf_damage () =
  let seeds = [ write [ code; data ]; write ~kind:3 ~entry:0x100 [ { code with address = 0 }; { data with address = 0x2200 } ] ] in
  let state = Random.State.make [| 42 |] in
  let interesting = [| 0; 1; 0x7f; 0x80; 0xff |] in
  let accepted = ref 0 in
  for _ = 1 to 200_000 do
    let bytes = Bytes.of_string (List.nth seeds (Random.State.int state 2)) in
    for _ = 0 to Random.State.int state 4 do
      let at = if Random.State.int state 8 = 0 then Random.State.int state (Bytes.length bytes) else Random.State.int state 176 in
      Bytes.set_uint8 bytes at
        (if Random.State.bool state then interesting.(Random.State.int state 5) else Random.State.int state 256)
    done;
    let file = Bytes.sub_string bytes 0 (if Random.State.int state 10 = 0 then Random.State.int state (Bytes.length bytes) else Bytes.length bytes) in
    match parse file with
    | Ok elf ->
        incr accepted;
        if not (sound file elf) then check "an accepted file is sound" false
    | Error _ -> ()
    | exception e -> check ("an exception: " ^ Printexc.to_string e) false
  done;
  check "some damage does not matter" (!accepted > 1000)

(* Ranges against a model: rights and the source's byte for each page. *)

let source = String.init (64 * 4096) (fun i -> Char.chr (i / 4096))
let page n = Space.lowest + (n * 4096)

let regions () =
  let state = Random.State.make [| 7 |] in
  let pages = 40 in
  let rights = [| Space.none; Space.read; Space.read_write; Space.read_execute |] in
  for _ = 1 to 200 do
    let model = Array.make pages None in
    let t = ref Regions.empty in
    for _ = 1 to 60 do
      let first = Random.State.int state pages in
      let count = 1 + Random.State.int state (pages - first) in
      let start = page first and stop = page (first + count) in
      let chosen = rights.(Random.State.int state 4) in
      (match Random.State.int state 4 with
      | 0 ->
          t := Regions.remove !t start stop;
          Array.fill model first count None
      | 1 ->
          t := Regions.add !t { start; stop; rights = chosen; content = Zeros };
          Array.fill model first count (Some (chosen, -1))
      | 2 ->
          let length = Random.State.int state (count + 1) * 4096 in
          t := Regions.add !t { start; stop; rights = chosen; content = Bytes { source = Source.plain source; offset = 4096 * first; length } };
          for i = 0 to count - 1 do
            model.(first + i) <- Some (chosen, if i * 4096 < length then first + i else -1)
          done
      | _ ->
          t := Regions.set_rights !t start stop chosen;
          for i = first to first + count - 1 do
            model.(i) <- Option.map (fun (_, content) -> (chosen, content)) model.(i)
          done);
      for i = 0 to pages - 1 do
        let found =
          Option.map
            (fun (range : Regions.range) ->
              ( range.rights,
                match Regions.page_content range (page i) with
                | None -> -1
                | Some (text, offset, _) -> Char.code text.[offset] ))
            (Regions.find !t (page i + 17))
        in
        if found <> model.(i) then check "ranges agree with the model" false
      done;
      let covered = ref true in
      for i = first to first + count - 1 do
        if model.(i) = None then covered := false
      done;
      if Regions.is_covered !t start stop <> !covered then check "covered" false;
      let size = Array.fold_left (fun sum p -> if p = None then sum else sum + 4096) 0 model in
      if Regions.size !t <> size then check "size" false;
      let fits at = at >= 0 && at + count <= pages && (let free = ref true in for i = at to at + count - 1 do if model.(i) <> None then free := false done; !free) in
      let rec highest at = if at < 0 then None else if fits at then Some (page at) else highest (at - 1) in
      if Regions.find_room !t ~above:(page 0) ~below:(page pages) (count * 4096) <> highest (pages - count) then check "room" false
    done
  done

let () =
  elf_cases ();
  elf_damage ();
  regions ();
  finish "elf_and_regions"
