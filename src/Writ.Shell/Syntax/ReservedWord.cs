namespace Writ.Shell.Syntax;

/// <summary>The words that are syntax where a command may begin.</summary>
enum ReservedWord
{
    None,
    Bang,
    OpenBrace,
    CloseBrace,
    OpenCondition,
    CloseCondition,
    Case,
    Coproc,
    Do,
    Done,
    Elif,
    Else,
    Esac,
    Fi,
    For,
    Function,
    If,
    In,
    Select,
    Then,
    Time,
    Until,
    While,
}
