// SPDX-License-Identifier: Apache-2.0

// The values that this library takes and gives: an agent imports `Sallyport` and has them.
@_exported public import EndpointModel
