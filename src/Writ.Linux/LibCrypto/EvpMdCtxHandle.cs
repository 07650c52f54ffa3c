using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>Owns one EVP_MD_CTX.</summary>
sealed class EvpMdCtxHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public EvpMdCtxHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}
