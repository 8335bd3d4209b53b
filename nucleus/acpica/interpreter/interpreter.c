/* SPDX-License-Identifier: ISC */

/* What the nucleus wants of ACPICA (services.h). */

#include "acpica.h"
#include "services.h"

/* Where values are written to. */
typedef struct writer {
  unsigned char* to;
  size_t room;
  size_t size;
  int overflow;
} writer;

/* As platform/aml/value.h has them. */
enum tag { tag_other = 0, tag_integer, tag_string, tag_buffer, tag_package, tag_reference };
enum { deepest = 8 };

static void put(writer* out, const void* bytes, size_t size) {
  if (size > out->room - out->size) {
    out->overflow = 1;
    return;
  }
  memcpy(out->to + out->size, bytes, size);
  out->size += size;
}

static void put_tag(writer* out, enum tag tag) {
  const unsigned char byte = (unsigned char)tag;
  put(out, &byte, 1);
}

static void put_bytes(writer* out, enum tag tag, const void* bytes, uint32_t size) {
  put_tag(out, tag);
  put(out, &size, sizeof size);
  put(out, bytes, size);
}

static ACPI_STATUS path_of(ACPI_HANDLE object, char* path, ACPI_SIZE size) {
  ACPI_BUFFER name = {size, path};
  return AcpiGetName(object, ACPI_FULL_PATHNAME, &name);
}

enum { longest_path = 256 };

static void put_reference(writer* out, const ACPI_OBJECT* object) {
  char path[longest_path];
  if (object->Reference.Handle == NULL || path_of(object->Reference.Handle, path, sizeof path) != AE_OK)
    return put_tag(out, tag_other);
  put_bytes(out, tag_reference, path, (uint32_t)strlen(path));
}

static void put_value(writer* out, const ACPI_OBJECT* object, int depth) {
  switch (object->Type) {
    case ACPI_TYPE_INTEGER: {
      const uint64_t value = object->Integer.Value;
      put_tag(out, tag_integer);
      return put(out, &value, sizeof value);
    }
    case ACPI_TYPE_STRING:
      return put_bytes(out, tag_string, object->String.Pointer, object->String.Length);
    case ACPI_TYPE_BUFFER:
      return put_bytes(out, tag_buffer, object->Buffer.Pointer, object->Buffer.Length);
    case ACPI_TYPE_LOCAL_REFERENCE:
      return put_reference(out, object);
    case ACPI_TYPE_PACKAGE: {
      const uint32_t count = object->Package.Count;
      if (depth == deepest) break;
      put_tag(out, tag_package);
      put(out, &count, sizeof count);
      for (uint32_t i = 0; i < count; ++i) put_value(out, &object->Package.Elements[i], depth + 1);
      return;
    }
    default:
      break;
  }
  put_tag(out, tag_other);
}

/* The first thing that AML did wrong while tables were loaded and devices initialised. ACPICA goes on behind it, and
   its calls succeed; so nobody would know that a table is damaged. */
static ACPI_STATUS first_exception;

static UINT32 note_exception(ACPI_STATUS status, UINT32 name, UINT16 opcode, UINT32 offset, void* context) {
  (void)name;
  (void)opcode;
  (void)offset;
  (void)context;
  if (first_exception == AE_OK) first_exception = status;
  return status;
}

static nucleus_aml_status start(const char** step) {
  enum { patience_s = 2, tables_at_first = 64 };
  struct {
    const char* name;
    ACPI_STATUS status;
  } failed = {NULL, AE_OK};
  AcpiGbl_MaxLoopIterations = patience_s;
#define STEP(name_of_step, call)                                                             \
  do {                                                                                       \
    *step = name_of_step;                                                                    \
    first_exception = AE_OK;                                                                 \
    ACPI_STATUS status = call;                                                               \
    if (status == AE_OK) status = first_exception;                                           \
    if (status != AE_OK && failed.name == NULL) failed.name = *step, failed.status = status; \
  } while (0)
#define VITAL(name_of_step, call)                  \
  do {                                             \
    STEP(name_of_step, call);                      \
    if (failed.name != NULL) return failed.status; \
  } while (0)
  VITAL("setting up", AcpiInitializeSubsystem());
  VITAL("setting up", AcpiInstallExceptionHandler(note_exception));
  VITAL("finding the tables", AcpiInitializeTables(NULL, tables_at_first, TRUE));
  /* One table that cannot be loaded leaves the others: what they name is there. */
  STEP("loading the tables", AcpiLoadTables());
  if (failed.status == AE_CTRL_TERMINATE) failed.name = "a table cannot be loaded";
  nucleus_acpi_tables_are_loaded();
  STEP("enabling", AcpiEnableSubsystem(ACPI_FULL_INITIALIZATION));
  STEP("initialising devices", AcpiInitializeObjects(ACPI_FULL_INITIALIZATION));
#undef VITAL
#undef STEP
  *step = failed.name;
  return failed.status;
}

static nucleus_aml_status evaluate(const char* path, const char* name, const nucleus_aml_argument* arguments,
                                   unsigned argument_count, unsigned char* answer, size_t* size) {
  enum { most_arguments = 4 };
  ACPI_OBJECT objects[most_arguments];
  ACPI_OBJECT_LIST list = {argument_count, objects};
  ACPI_BUFFER result = {ACPI_ALLOCATE_BUFFER, NULL};
  ACPI_HANDLE scope;
  ACPI_HANDLE object;
  writer out = {answer, *size, 0, 0};

  *size = 0;
  if (argument_count > most_arguments) return AE_BAD_PARAMETER;
  for (unsigned i = 0; i < argument_count; ++i) {
    if (arguments[i].bytes == NULL) {
      objects[i].Type = ACPI_TYPE_INTEGER;
      objects[i].Integer.Value = arguments[i].value;
    } else {
      objects[i].Type = ACPI_TYPE_BUFFER;
      objects[i].Buffer.Length = (UINT32)arguments[i].value;
      objects[i].Buffer.Pointer = (UINT8*)arguments[i].bytes;
    }
  }
  ACPI_STATUS status = AcpiGetHandle(NULL, (ACPI_STRING)path, &scope);
  if (status == AE_OK) status = AcpiGetHandle(scope, (ACPI_STRING)name, &object);
  if (status == AE_NOT_FOUND) return NUCLEUS_AML_ABSENT;
  if (status == AE_OK) status = AcpiEvaluateObject(object, NULL, &list, &result);
  if (status != AE_OK) return status;
  if (result.Pointer != NULL && result.Length != 0) put_value(&out, result.Pointer, 0);
  if (result.Pointer != NULL) nucleus_acpi_free(result.Pointer);
  if (out.overflow) return AE_BUFFER_OVERFLOW;
  *size = out.size;
  return AE_OK;
}

typedef struct visitor {
  void (*visit)(void* context, const char* path);
  void* context;
} visitor;

static ACPI_STATUS visit_one(ACPI_HANDLE device, UINT32 depth, void* context, void** result) {
  const visitor* to = context;
  char path[longest_path];
  (void)depth;
  (void)result;
  if (path_of(device, path, sizeof path) == AE_OK) to->visit(to->context, path);
  return AE_OK;
}

static nucleus_aml_status visit_devices(void (*visit)(void* context, const char* path), void* context) {
  visitor to = {visit, context};
  return AcpiWalkNamespace(ACPI_TYPE_DEVICE, ACPI_ROOT_OBJECT, ACPI_UINT32_MAX, visit_one, NULL, &to, NULL);
}

static const char* name_of_status(nucleus_aml_status status) {
  return AcpiFormatException(status);
}

const nucleus_aml_interpreter nucleus_aml = {start, evaluate, visit_devices, name_of_status};
