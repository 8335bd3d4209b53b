(* SPDX-License-Identifier: ISC *)

(* With the header a padded block fills 16 words: two lines of 64 bytes or one of 128. *)
let words = 15

let copy (type a) (v : a) : a =
  let o = Obj.repr v in
  if Obj.is_block o && Obj.tag o < Obj.no_scan_tag && Obj.size o < words && Obj.tag o <> Obj.closure_tag then begin
    let padded = Obj.new_block (Obj.tag o) words in
    for i = 0 to Obj.size o - 1 do
      Obj.set_field padded i (Obj.field o i)
    done;
    Obj.obj padded
  end
  else v

let if_padded padded v = if padded = Some true then copy v else v
