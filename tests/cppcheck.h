/* What cppcheck has to be told of the libraries, whose headers it does not read. */
#define _Noreturn __attribute__((noreturn))
#define json_array_foreach(array, index, value) for (index = 0; (value = json_array_get(array, index)); index++)
#define json_object_foreach(object, key, value) for (key = json_first(object); (value = json_next(object)); key = json_first(object))
