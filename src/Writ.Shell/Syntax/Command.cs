using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>One command of the shell language: simple, compound, or a definition. A closed family.</summary>
public abstract class Command : SyntaxNode
{
    private protected Command(SourceSpan span, ImmutableArray<Redirection> redirections) : base(span) =>
        Redirections = redirections;

    /// <summary>In the order in which they are made. Those of a function definition are its body's.</summary>
    public ImmutableArray<Redirection> Redirections { get; internal set; }
}

/// <summary>Assignments, words and redirections; a builtin, function or program when there is a word.</summary>
public sealed class SimpleCommand : Command
{
    internal SimpleCommand(
        SourceSpan span,
        ImmutableArray<Assignment> assignments,
        ImmutableArray<Word> words,
        ImmutableArray<Redirection> redirections) : base(span, redirections)
    {
        Assignments = assignments;
        Words = words;
    }

    public ImmutableArray<Assignment> Assignments { get; }

    public ImmutableArray<Word> Words { get; }
}

/// <summary><c>( list )</c></summary>
public sealed class SubshellCommand : Command
{
    internal SubshellCommand(SourceSpan span, CommandList body) : base(span, []) => Body = body;

    public CommandList Body { get; }
}

/// <summary><c>{ list; }</c></summary>
public sealed class GroupCommand : Command
{
    internal GroupCommand(SourceSpan span, CommandList body) : base(span, []) => Body = body;

    public CommandList Body { get; }
}

/// <summary><c>if</c>, with an <c>elif</c> as an <see cref="IfCommand"/> of its own in <see cref="Else"/>.</summary>
public sealed class IfCommand : Command
{
    internal IfCommand(SourceSpan span, CommandList condition, CommandList then, CommandList? @else) : base(span, [])
    {
        Condition = condition;
        Then = then;
        Else = @else;
    }

    public CommandList Condition { get; }

    public CommandList Then { get; }

    public CommandList? Else { get; }
}

/// <summary><c>while</c> and <c>until</c>.</summary>
public sealed class WhileCommand : Command
{
    internal WhileCommand(SourceSpan span, bool isUntil, CommandList condition, CommandList body) : base(span, [])
    {
        IsUntil = isUntil;
        Condition = condition;
        Body = body;
    }

    public bool IsUntil { get; }

    public CommandList Condition { get; }

    public CommandList Body { get; }
}

/// <summary><c>for NAME in WORDS</c> and <c>select NAME in WORDS</c>. Without <c>in</c> the words are
/// <c>"$@"</c>.</summary>
public sealed class ForCommand : Command
{
    internal ForCommand(
        SourceSpan span, bool isSelect, Word name, ImmutableArray<Word>? words, CommandList body) : base(span, [])
    {
        IsSelect = isSelect;
        Name = name;
        Words = words;
        Body = body;
    }

    public bool IsSelect { get; }

    /// <summary>Bash takes any word here and refuses what is not a name when it runs.</summary>
    public Word Name { get; }

    public ImmutableArray<Word>? Words { get; }

    public CommandList Body { get; }
}

/// <summary><c>for ((start; test; step))</c></summary>
public sealed class ArithmeticForCommand : Command
{
    internal ArithmeticForCommand(SourceSpan span, Word start, Word test, Word step, CommandList body) : base(span, [])
    {
        Start = start;
        Test = test;
        Step = step;
        Body = body;
    }

    public Word Start { get; }

    public Word Test { get; }

    public Word Step { get; }

    public CommandList Body { get; }
}

/// <summary><c>case WORD in ... esac</c></summary>
public sealed class CaseCommand : Command
{
    internal CaseCommand(SourceSpan span, Word subject, ImmutableArray<CaseClause> clauses) : base(span, [])
    {
        Subject = subject;
        Clauses = clauses;
    }

    public Word Subject { get; }

    public ImmutableArray<CaseClause> Clauses { get; }
}

/// <summary>What follows a clause of <c>case</c> that ran.</summary>
public enum CaseEnding
{
    /// <summary><c>;;</c> or the end: nothing.</summary>
    Break,

    /// <summary><c>;&amp;</c>: the next body.</summary>
    FallThrough,

    /// <summary><c>;;&amp;</c>: the next clause is tested.</summary>
    TestNext,
}

/// <summary>One clause of <c>case</c>.</summary>
public sealed class CaseClause : SyntaxNode
{
    internal CaseClause(SourceSpan span, ImmutableArray<Word> patterns, CommandList? body, CaseEnding ending)
        : base(span)
    {
        Patterns = patterns;
        Body = body;
        Ending = ending;
    }

    public ImmutableArray<Word> Patterns { get; }

    public CommandList? Body { get; }

    public CaseEnding Ending { get; }
}

/// <summary><c>(( expression ))</c></summary>
public sealed class ArithmeticCommand : Command
{
    internal ArithmeticCommand(SourceSpan span, Word expression) : base(span, []) => Expression = expression;

    /// <summary>The text between the parentheses, expanded like a double-quoted string before it is
    /// evaluated.</summary>
    public Word Expression { get; }
}

/// <summary><c>[[ expression ]]</c></summary>
public sealed class ConditionalCommand : Command
{
    internal ConditionalCommand(SourceSpan span, Condition condition) : base(span, []) => Condition = condition;

    public Condition Condition { get; }
}

/// <summary>A function definition of either form. It runs nothing by itself.</summary>
public sealed class FunctionDefinition : Command
{
    internal FunctionDefinition(SourceSpan span, Word name, Command body) : base(span, [])
    {
        Name = name;
        Body = body;
    }

    public Word Name { get; }

    public Command Body { get; }
}

/// <summary><c>coproc [NAME] command</c>: it runs in the background behind two pipes.</summary>
public sealed class CoprocessCommand : Command
{
    internal CoprocessCommand(SourceSpan span, Word? name, Command body) : base(span, [])
    {
        Name = name;
        Body = body;
    }

    /// <summary>Absent: <c>COPROC</c>.</summary>
    public Word? Name { get; }

    public Command Body { get; }
}
