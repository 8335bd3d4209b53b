(* SPDX-License-Identifier: ISC *)

(* Paths: examples, and laws for random texts of the bytes that matter. *)

open Picox_check.Check
open Scheme

let decoded ?cwd text = match Path.decode ?cwd text with Ok path -> Path.to_string path | Error e -> "! " ^ Error.to_string e

let examples () =
  test "path: examples" (fun () ->
      List.iter
        (fun (text, expected) ->
          let got = decoded text in
          that (Printf.sprintf "%S is %S, not %S" text got expected) (got = expected))
        [
          ("/", "/");
          ("/a/b", "/a/b");
          ("//a///b", "/a/b");
          ("/a/b/", "/a/b/");
          ("/a/./b/.", "/a/b/");
          ("/a/../b", "/b");
          ("/a/..", "/");
          ("/../../a", "/a");
          ("a", "/a");
          ("/scheme/log", "/scheme/log");
          ("/scheme/log/x", "/scheme/log/x");
          ("/scheme/file/x", "/x");
          ("/scheme/file", "/");
          ("/scheme", "/scheme");
          ("/scheme/", "/scheme");
          ("/scheme/..", "/");
          ("/scheme/log/..", "/scheme");
          ("/scheme/log/../file/x", "/x");
          ("/a/../scheme/log", "/scheme/log");
          ("/scheme/file/scheme", "/scheme/file/scheme");
          ("/scheme/file/scheme/log", "/scheme/file/scheme/log");
          ("/scheme/LOG", "! invalid argument");
          ("/scheme/a b", "! invalid argument");
          ("", "! no such file");
          ("/a\000b", "! invalid argument");
          ("\000", "! invalid argument");
          ("/" ^ String.make 255 'x', "/" ^ String.make 255 'x');
          ("/" ^ String.make 256 'x', "! name too long");
          (String.concat "/" (List.init 2000 (fun _ -> "ab")), "! name too long");
          ("/...", "/...");
        ];
      let cwd = Result.get_ok (Path.decode "/scheme/file/scheme/d") in
      that "relative to a folder called scheme" (decoded ~cwd "../log" = "/scheme/file/scheme/log");
      let cwd = Result.get_ok (Path.decode "/scheme/log/a") in
      that "relative in a scheme" (decoded ~cwd ".." = "/scheme/log");
      that "up and away" (decoded ~cwd "../../file/x" = "/x"))

(* Names that can do harm are much more likely than others. *)
let random_text random =
  let parts = [| ""; "."; ".."; "..."; "scheme"; "file"; "log"; "a"; "\000"; "A b"; String.make 254 'n'; String.make 256 'n'; "\xff" |] in
  let some = String.concat "/" (List.init (Random.State.int random 8) (fun _ -> parts.(Random.State.int random 13))) in
  if Random.State.bool random then "/" ^ some else some

let is_safe name =
  name <> "" && name <> "." && name <> ".."
  && (not (String.contains name '/'))
  && (not (String.contains name '\000'))
  && String.length name <= Path.max_name

(* Whether there is a reason to refuse it, found in another way: from the last name to the first. *)
let is_bad ~cwd text =
  let parts = String.split_on_char '/' text in
  let all = if String.starts_with ~prefix:"/" text then parts else String.split_on_char '/' (Path.to_string cwd) @ parts in
  let rec resolve up = function
    | [] -> []
    | ("" | ".") :: before -> resolve up before
    | ".." :: before -> resolve (up + 1) before
    | name :: before -> if up > 0 then resolve (up - 1) before else name :: resolve 0 before
  in
  text = ""
  || String.contains text '\000'
  || List.exists (fun part -> String.length part > Path.max_name) parts
  || String.length text + String.length (Path.to_string cwd) >= Path.max_length
  ||
  match List.rev (resolve 0 (List.rev all)) with
  | "scheme" :: name :: _ -> not (Path.is_scheme_name name)
  | _ -> false

let laws () =
  test "path: laws for random texts" (fun () ->
      let random = Random.State.make [| 7 |] in
      let good = ref 0 in
      for _ = 1 to scaled 200_000 do
        let text = random_text random and cwd_text = random_text random in
        let cwd = Result.value (Path.decode cwd_text) ~default:Path.root in
        match Path.decode ~cwd text with
        | Error _ ->
            that (Printf.sprintf "%S has a reason to be refused" text) (is_bad ~cwd text)
        | Ok path ->
            incr good;
            that (Printf.sprintf "%S has no reason" text) (text <> "" && not (String.contains text '\000'));
            that (Printf.sprintf "%S: only names" text) (List.for_all is_safe (Path.names path));
            that "a name of a scheme" (match Path.scheme path with None -> true | Some s -> Path.is_scheme_name s);
            let again = Path.decode (Path.to_string path) in
            that (Printf.sprintf "%S: its text is its text" text) (again = Ok path);
            that "and from anywhere" (Path.decode ~cwd (Path.to_string path) = Ok path);
            that "is in what is above" (Path.names path = [] || Path.last path <> None);
            (match Path.scheme path with
            | Some scheme ->
                that "made of its names"
                  (match Path.make ~scheme (Path.names path) with
                  | Ok made -> Path.names made = Path.names path && Path.scheme made = Some scheme
                  | Error _ -> false)
            | None -> ());
            (* The longer way: a name and back out of it changes nothing. *)
            that "there and back" (Path.decode ~cwd ("q/../" ^ text) = Ok path || text.[0] = '/' || String.contains text '\000')
      done;
      that "most are good" (!good > scaled 200_000 / 10));
  test "path: random bytes never raise" (fun () ->
      let random = Random.State.make [| 8 |] in
      for _ = 1 to scaled 100_000 do
        let text = String.init (Random.State.int random 40) (fun _ -> "/.\000a/s".[Random.State.int random 6]) in
        match Path.decode text with
        | Ok path -> that "only names" (List.for_all is_safe (Path.names path))
        | Error _ -> ()
      done);
  test "path: make refuses what is no name" (fun () ->
      List.iter
        (fun name -> that name (Result.is_error (Path.make ~scheme:"file" [ "a"; name ])))
        [ ""; "."; ".."; "a/b"; "a\000"; String.make 256 'x' ];
      that "scheme" (Result.is_error (Path.make ~scheme:"../x" [])))

let errors () =
  test "errors: their numbers tell them apart" (fun () ->
      List.iter (fun e -> that (Error.to_string e) (Error.of_errno (Error.errno e) = Some e)) Error.all)

let add () =
  examples ();
  laws ();
  errors ()
