# Fails where an object file compiled for one instruction set defines a symbol that objects of
# another might define as well: the linker keeps one of them, perhaps the one that this processor
# cannot run. Arguments: NM, LEVEL (baseline, avx2, avx512), OBJECTS.
if(NOT OBJECTS)
  message(FATAL_ERROR "no object files to look at")
endif()
string(LENGTH "${LEVEL}" length)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --defined-only --extern-only ${object}
    OUTPUT_VARIABLE listing RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${NM} cannot read ${object}")
  endif()
  string(REGEX MATCHALL "[^\n]+" lines "${listing}")
  foreach(line IN LISTS lines)
    # Mangled names in namespace nk::LEVEL begin with _ZN2nk<length>LEVEL (_ZNK for methods).
    if(NOT line MATCHES " [A-Za-z] _ZNK?2nk${length}${LEVEL}")
      message(SEND_ERROR "shared symbol in ${object}: ${line}")
    endif()
  endforeach()
endforeach()
