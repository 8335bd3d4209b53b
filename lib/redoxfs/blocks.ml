(* SPDX-License-Identifier: ISC *)

let size = 4096
let ( let* ) = Result.bind

type t = {
  count : int;
  read_only : bool;
  read : first:int -> count:int -> Machine.Dma.t -> (unit, Device.error) result;
  write : first:int -> count:int -> Machine.Dma.t -> (unit, Device.error) result;
  flush : unit -> (unit, Device.error) result;
}

let fits t ~first ~count buffer =
  count > 0 && first >= 0 && count <= t.count && first <= t.count - count && count * size <= Machine.Dma.size buffer

let guarded t =
  let check what ~first ~count buffer = if fits t ~first ~count buffer then what ~first ~count buffer else Error `Out_of_range in
  { t with read = check t.read; write = check t.write }

let part t ~first ~count =
  let shift what ~first:n ~count buffer = what ~first:(first + n) ~count buffer in
  guarded { t with count; read = shift t.read; write = shift t.write }

module Of (B : Device.BLOCK) = struct
  let part device ~sector ~sectors =
    let sector_size = B.sector_size device in
    if sector_size <= 0 || sector_size > size || size mod sector_size <> 0 then Error `Unsupported
    else if sector < 0 || sectors < 0 || sector > B.sectors device - sectors then Error `Out_of_range
    else
      let each = size / sector_size in
      let slices count buffer : Device.slice list = [ { buffer; offset = 0; length = count * size } ] in
      let place first = sector + (first * each) in
      Ok
        (guarded
           {
             count = sectors / each;
             read_only = B.read_only device;
             read = (fun ~first ~count buffer -> B.read device ~sector:(place first) (slices count buffer));
             write = (fun ~first ~count buffer -> B.write device ~sector:(place first) (slices count buffer));
             flush = (fun () -> B.flush device);
           })

  let all device = part device ~sector:0 ~sectors:(B.sectors device)
end

let partitions t =
  let count = (Gpt.front + size - 1) / size in
  if t.count < count then Error (`Malformed "the disk is too small for a partition table")
  else
    let buffer = Machine.Dma.create (count * size) in
    let* () = t.read ~first:0 ~count buffer in
    let each = size / 512 in
    (* The last sectors may be no whole block, and belong to the table. *)
    match Gpt.decode (Machine.Dma.sub_string buffer 0 (count * size)) ~sectors:((t.count + 1) * each) with
    | Error text -> Error (`Malformed text)
    | Ok all ->
        let of_partition (p : Gpt.partition) =
          let first = p.first / each and count = p.sectors / each in
          if p.first mod each <> 0 || first > t.count - count then None else Some (p, part t ~first ~count)
        in
        Ok (List.filter_map of_partition all)
