using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>Owns one EVP_PKEY.</summary>
sealed class EvpPkeyHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public EvpPkeyHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}
